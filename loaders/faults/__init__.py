"""Reports of faults on their way to those who deal with them: mail, and what is deleted when."""
