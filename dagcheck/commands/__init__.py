"""One function a command: what the command line and the Python API share."""
