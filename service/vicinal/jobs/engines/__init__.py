"""Who does the work of a job: processes of this machine, or actors of Ray Data."""
