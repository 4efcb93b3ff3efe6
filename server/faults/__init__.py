"""Reports of faults by the public: the one thing that is sent to this server."""
