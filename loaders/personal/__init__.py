"""The search for personal data in what is about to be published, and the remedies that a layer file names."""
