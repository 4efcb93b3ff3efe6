"""What archives say of themselves besides what their format prescribes."""

#: The key of their metadata that lists the numbers of those tiles from which features were left out for their size.
REDUCED = "kartlagd:reduced"
