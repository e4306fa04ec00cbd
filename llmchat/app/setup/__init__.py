"""What a person sets up: settings, plugins, templates."""
