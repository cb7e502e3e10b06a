"""What this installation keeps beside conversations: approvals, accounts, escalations, what Ivy said. Never a patient's words."""
