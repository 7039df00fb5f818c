"""Web API: files.*. An upload takes three steps."""

import secrets

from bot.sandbox import conversation, shapes
from bot.sandbox.call import Call, Method
from bot.sandbox.errors import Refusal
from bot.sandbox.methods_chat import checked_content, target
from bot.sandbox.records import Json, UploadedFile
from bot.sandbox.workspace import random_id


def get_upload_url(call: Call) -> Json:
    """Step one: returns the address for an upload of `length` bytes, and the id of the file."""
    name = call.arguments.required("filename")
    length = call.arguments.required("length")
    if not length.isdigit() or int(length) < 1:
        raise Refusal("invalid_arguments", messages=["[ERROR] must be greater than 0 [json-pointer:/length]"])
    file = UploadedFile(
        id=random_id("F"),
        name=name,
        length=int(length),
        user=call.workspace.bot_user.id,
        created=call.workspace.epoch(),
        alt_txt=call.arguments.text("alt_txt"),
    )
    call.workspace.files[file.id] = file
    return {
        "upload_url": f"{call.base_url}/upload/v1/{file.id}?ticket={secrets.token_hex(8)}",
        "file_id": file.id,
    }


def complete_upload(call: Call) -> Json:
    """Step three: completes the files, and shares them in the conversations that the call names."""
    workspace = call.workspace
    listed = call.arguments.structure("files", malformed="invalid_arguments")
    if not isinstance(listed, list) or not listed:
        raise Refusal("invalid_arguments", messages=["[ERROR] missing required field: files"])
    files = []
    for entry in listed:
        file = workspace.files.get(str(entry.get("id")) if isinstance(entry, dict) else "")
        if file is None or file.content is None or file.completed:
            raise Refusal("file_not_found")
        file.title = entry.get("title") or file.name
        files.append(file)
    wanted = call.arguments.text("channel_id") or call.arguments.text("channels")
    for file in files:
        file.completed = True
    if wanted is not None:
        blocks = call.arguments.structure("blocks", malformed="invalid_blocks_format")
        comment = call.arguments.text("initial_comment")
        content = checked_content(comment, blocks, None) if comment or blocks else {}
        for channel_id in wanted.split(","):
            channel = target(Call(workspace, type(call.arguments)({"channel": channel_id}), call.base_url))
            for file in files:
                file.channels.append(channel.id)
            message = conversation.new_message(
                workspace,
                channel,
                **content,
                thread_ts=call.arguments.text("thread_ts"),
                files=[shapes.file(call.workspace, file, base_url=call.base_url) for file in files],
            )
            conversation.post(workspace, channel, message)
    return {"files": [shapes.file(call.workspace, file, base_url=call.base_url) for file in files]}


def info(call: Call) -> Json:
    """Returns one file."""
    file = call.workspace.files.get(call.arguments.required("file"))
    if file is None or not file.completed:
        raise Refusal("file_not_found")
    return {
        "file": shapes.file(call.workspace, file, base_url=call.base_url),
        "comments": [],
        "response_metadata": {"next_cursor": ""},
    }


METHODS: dict[str, Method] = {
    "files.getUploadURLExternal": get_upload_url,
    "files.completeUploadExternal": complete_upload,
    "files.info": info,
}
