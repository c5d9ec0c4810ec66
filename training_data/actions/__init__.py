"""Custom actions of the demo shop, for rasa-sdk or Frontdesk itself."""

from .forms import ValidateReturnForm, ValidateTrackOrderForm
from .returns import ActionSubmitReturn
from .tracking import ActionTrackOrder

__all__ = [
    "ActionSubmitReturn",
    "ActionTrackOrder",
    "ValidateReturnForm",
    "ValidateTrackOrderForm",
]
