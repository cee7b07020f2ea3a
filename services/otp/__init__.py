"""One-time passwords by mail: enrolment, challenges, the confirmation pair (rules OTP-1..15)."""
