"""Pages of colleagues without an account who are asked for room: by an inquiry, or by a need post they read."""
