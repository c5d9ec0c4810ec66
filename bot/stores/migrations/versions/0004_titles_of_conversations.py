"""What a conversation is about, for the operators' queue."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.add_column("conversation", sa.Column("title", sa.Text(), nullable=True))


def downgrade() -> None:
    """Undo the change."""
    op.drop_column("conversation", "title")
