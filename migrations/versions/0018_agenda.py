"""Keep breaks, facilitators, languages and rooms of an agenda, and each version of it that was given to people."""

import sqlalchemy as sa
from alembic import op


revision = "0018_agenda"
down_revision = "0017_assessments"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('agenda_break',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('reference', sa.String(length=22), nullable=False),
    sa.Column('training_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('title_ky', sa.String(length=300), nullable=False),
    sa.Column('title_ru', sa.String(length=300), nullable=False),
    sa.Column('title_en', sa.String(length=300), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('local_date', sa.Date(), nullable=False),
    sa.CheckConstraint("kind IN ('coffee', 'lunch', 'arrival', 'ceremony', 'other')", name=op.f('ck_agenda_break_kind')),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_agenda_break_times')),
    sa.ForeignKeyConstraint(['training_id'], ['training.id'], name=op.f('fk_agenda_break_training_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agenda_break')),
    sa.UniqueConstraint('reference', name=op.f('uq_agenda_break_reference'))
    )
    with op.batch_alter_table('agenda_break', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_agenda_break_training_id_starts_at'), ['training_id', 'starts_at'], unique=False)

    op.create_table('agenda_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('training_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('content', sa.JSON(), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('published_by', sa.String(length=80), nullable=False),
    sa.ForeignKeyConstraint(['training_id'], ['training.id'], name=op.f('fk_agenda_version_training_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agenda_version')),
    sa.UniqueConstraint('training_id', 'number', name=op.f('uq_agenda_version_training_id_number'))
    )
    op.create_table('session_facilitator',
    sa.Column('training_session_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_session_facilitator_person_id')),
    sa.ForeignKeyConstraint(['training_session_id'], ['training_session.id'], name=op.f('fk_session_facilitator_training_session_id')),
    sa.PrimaryKeyConstraint('training_session_id', 'person_id', name=op.f('pk_session_facilitator'))
    )
    with op.batch_alter_table('session_facilitator', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_session_facilitator_person_id'), ['person_id'], unique=False)

    with op.batch_alter_table('training_session', schema=None) as batch_op:
        batch_op.add_column(sa.Column('languages', sa.JSON(), nullable=False, server_default='[]'))
        batch_op.add_column(sa.Column('room', sa.String(length=120), nullable=False, server_default=''))
    with op.batch_alter_table('training_session', schema=None) as batch_op:
        batch_op.alter_column('languages', server_default=None)
        batch_op.alter_column('room', server_default=None)



def downgrade() -> None:
    with op.batch_alter_table('training_session', schema=None) as batch_op:
        batch_op.drop_column('room')
        batch_op.drop_column('languages')

    with op.batch_alter_table('session_facilitator', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_session_facilitator_person_id'))

    op.drop_table('session_facilitator')
    op.drop_table('agenda_version')
    with op.batch_alter_table('agenda_break', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_agenda_break_training_id_starts_at'))

    op.drop_table('agenda_break')
