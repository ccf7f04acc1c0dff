"""The same work in other people's tools, with their best settings; nothing here imports numpen."""
