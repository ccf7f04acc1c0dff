"""The same promises as in the tests, tried many more times: commands, not collected by pytest. See docs/promises.md."""
