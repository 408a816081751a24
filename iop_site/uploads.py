"""What is kept of an uploaded file while a request is answered: its bytes, in memory, or nothing.

No upload ever touches the disk, where a copy could stay behind.
"""

from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers


class LimitedMemoryUploadHandler(FileUploadHandler):
    """Keep each file of a request in memory, up to FILE_UPLOAD_MAX_MEMORY_SIZE bytes.

    Of a larger one nothing is kept but its name and its size: what comes is read to its end and
    dropped, so that the form can say that this file is too large, and keep the others. (Django's
    own handler drops it without a word, and the form would ask for a file that was sent.) A
    request takes at most DATA_UPLOAD_MAX_NUMBER_FILES times that much memory.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._kept: BytesIO | None = BytesIO()
        raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self._kept is not None:
            if start + len(raw_data) > settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
                self._kept = None
            else:
                self._kept.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile:
        file = self._kept or BytesIO()
        file.seek(0)
        return InMemoryUploadedFile(
            file,
            self.field_name,
            self.file_name,
            self.content_type,
            file_size,
            self.charset,
            self.content_type_extra,
        )
