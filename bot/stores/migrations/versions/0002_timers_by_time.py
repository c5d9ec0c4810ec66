"""Timers are found by their time."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_index("timer_due", "timer", ["due_at"], unique=False)


def downgrade() -> None:
    """Undo the change."""
    op.drop_index("timer_due", table_name="timer")
