"""All commands, in the order of a training's life."""

from flask import Flask

from portal.cli import papers, setup, trainings, upkeep


def init_app(app: Flask) -> None:
    """Add every command to the application."""
    app.cli.add_command(setup.prepare)
    for command in (
        upkeep.work,
        setup.seed_demo,
        setup.invite_administrator,
        trainings.load_reference,
        trainings.create_training,
        trainings.import_nominations,
        trainings.confirm_registrations,
        trainings.list_registrations,
        trainings.record_attendance,
        papers.receive_stock,
        papers.hand_over,
        papers.issue_certificates,
        papers.verify_certificate,
        papers.accept_clock,
        papers.publish_release,
        trainings.finalize_training,
        setup.install_seal_key,
        upkeep.verify_audit,
        upkeep.erase_audit_detail,
        upkeep.accept_keys,
        upkeep.backup,
        upkeep.doctor,
    ):
        app.cli.add_command(command)
