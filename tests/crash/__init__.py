"""Servers killed and disks broken; nothing acknowledged may be lost."""
