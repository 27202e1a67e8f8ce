"""The asynchronous client, by subject as the blocking one."""
