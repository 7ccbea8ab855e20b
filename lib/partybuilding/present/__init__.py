"""The room that makes numbers readable: sentences, tables, charts, sections. May import `assess`."""
