"""What people asked for: accounts, users, access keys, trails; and the secrets that belong to them."""
