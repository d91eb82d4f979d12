"""portal.signing"""
