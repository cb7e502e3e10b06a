"""Every word a patient can read: reading it, checking it, approving it, rendering it."""
