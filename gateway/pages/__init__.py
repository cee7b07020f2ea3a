"""One module a screen: parse, call, render."""
