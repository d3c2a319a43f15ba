"""The command line: options in, streams and exit status out. Nothing below it prints or exits."""
