"""The commands of `ivy`, one a file: add_arguments(parser) and run(arguments) -> exit code."""
