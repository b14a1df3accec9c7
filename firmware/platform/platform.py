"""PlatformIO's view of tinydeploy's own platform: no packages, gcc from PATH."""

import shutil

from platformio.exception import UserSideException
from platformio.platform.base import PlatformBase


class TinydeployPlatform(PlatformBase):
    def configure_default_packages(self, options, targets):
        if "board" in options:
            compiler = self.board_config(options["board"]).get("build.toolchain") + "gcc"
            if shutil.which(compiler) is None:
                raise UserSideException(f"{compiler} is not on PATH")
        return super().configure_default_packages(options, targets)
