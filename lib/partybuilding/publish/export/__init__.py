"""From an executed notebook to HTML and, from that same HTML, to PDF."""
