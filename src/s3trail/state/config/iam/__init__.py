"""What IAM keeps on disk: groups, roles, policies, devices, providers; and what they grant."""
