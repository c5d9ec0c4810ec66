"""How customers feel orders the operators' queue."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.add_column(
        "conversation",
        sa.Column("temper", sa.Double(), server_default=sa.text("0"), nullable=False),
    )


def downgrade() -> None:
    """Undo the change."""
    op.drop_column("conversation", "temper")
