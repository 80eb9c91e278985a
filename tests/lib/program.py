# SPDX-License-Identifier: ISC
"""Copies of the tested programs that every user can run: the tree may be below
a private directory like /root."""

import glob
import os
import shutil


def copy(program, directory, name='program'):
    """Copies it with its modules, and returns its path in directory/name."""
    place = os.path.join(directory, name)
    os.mkdir(place)
    os.chmod(place, 0o755)
    for file in [program, *glob.glob(os.path.join(
            os.path.dirname(os.path.abspath(program)), '*.so'))]:
        shutil.copy(file, place)
    return os.path.join(place, os.path.basename(program))


def admin(program):
    """The path of onepopctl; onepop-faults has one of its own."""
    directory, name = os.path.split(program)
    return os.path.join(directory, name.replace('onepop', 'onepopctl', 1))


def copy_admin(program, directory):
    """Copies onepopctl to where no session can find it."""
    return copy(admin(program), directory, 'admin')
