"""What people look at: HTML pages of the same documents that programs get as JSON."""
