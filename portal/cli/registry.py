"""All commands, in the order of a training's life."""

from flask import Flask

from portal.cli import (
    accounts,
    attendance,
    audit,
    backups,
    certificates,
    closing,
    demo,
    doctor,
    materials,
    nominations,
    prepare,
    registration,
    reports,
    seals,
    trainings,
    upkeep,
)


def init_app(app: Flask) -> None:
    """Add every command to the application."""
    app.cli.add_command(prepare.prepare)
    for command in (
        upkeep.work,
        demo.seed_demo,
        accounts.invite_administrator,
        trainings.load_reference,
        trainings.create_training,
        nominations.import_nominations,
        registration.confirm_registrations,
        registration.list_registrations,
        attendance.record_attendance,
        materials.receive_stock,
        materials.hand_over,
        certificates.issue_certificates,
        certificates.verify_certificate,
        certificates.accept_clock,
        reports.publish_release,
        closing.finalize_training,
        seals.install_seal_key,
        audit.verify_audit,
        audit.erase_audit_detail,
        upkeep.accept_keys,
        backups.backup,
        doctor.doctor,
    ):
        app.cli.add_command(command)
