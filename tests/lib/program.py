"""The program that is tested, where every user can run it: the tree may be
below a directory of somebody's own, such as /root."""

import glob
import os
import shutil


def copy(program, directory):
    """Copies it with its modules, and returns its path in the directory."""
    place = os.path.join(directory, 'program')
    os.mkdir(place)
    os.chmod(place, 0o755)
    for file in [program, *glob.glob(os.path.join(
            os.path.dirname(os.path.abspath(program)), '*.so'))]:
        shutil.copy(file, place)
    return os.path.join(place, os.path.basename(program))
