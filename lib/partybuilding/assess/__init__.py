"""The room that makes numbers. Knows nothing of HTML."""
