"""What this installation keeps beside conversations: approvals and escalations. Never a patient's words."""
