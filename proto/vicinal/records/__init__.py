"""Records and enums that the service and its clients share. They import nothing else of Vicinal."""
