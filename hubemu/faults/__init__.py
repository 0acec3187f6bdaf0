"""Faults: misbehaviour on demand, exactly repeatable."""
