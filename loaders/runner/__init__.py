"""`kartlagd run`: loads by schedule and from the drop folder, each in a process of its own, by one runner at a time."""
