"""The owners of each kind of file, asked through their contracts."""

from services.bulk.owners.at_auth import PasswordsAtAuth, UnitAtAuth, WhoAtAuth
from services.bulk.owners.at_otp import OtpAtOtp
from services.bulk.owners.at_settings import TargetsAtSettings

__all__ = ["OtpAtOtp", "PasswordsAtAuth", "TargetsAtSettings", "UnitAtAuth", "WhoAtAuth"]
