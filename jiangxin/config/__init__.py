"""Web and worker process: settings, root addresses, the command line; knows all apps."""
