"""From a text to the signatures it shows: messages, tracebacks, outputs of pytest, JUnit files."""
