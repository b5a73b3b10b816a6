"""Everything on disk: the environment, the configuration, the objects, the views."""
