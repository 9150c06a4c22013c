"""The product's settings with cheap password hashing, so that a kill falls into the signing and not into the hashing."""

from huitan.config.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
