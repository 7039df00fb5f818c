"""The addresses of a sandbox, and the ids and secrets of its app."""

from bot.sandbox.records import Json
from bot.sandbox.server import Server
from bot.sandbox.workspace import Workspace


class Addresses:
    """The part of a sandbox that somebody needs to configure an app."""

    workspace: Workspace
    _server: Server

    @property
    def url(self) -> str:
        """The address of the server, without a slash at the end."""
        return f"http://{self._server.host}:{self._server.port}"

    @property
    def api_url(self) -> str:
        """The base address of the Web API, for SLACK_API_URL."""
        return f"{self.url}/api/"

    @property
    def bot_token(self) -> str:
        """The xoxb token."""
        return self.workspace.bot_token

    @property
    def app_token(self) -> str:
        """The xapp token, for Socket Mode."""
        return self.workspace.app_token

    @property
    def signing_secret(self) -> str:
        """The secret that signs requests to the app."""
        return self.workspace.signing_secret

    @property
    def client_id(self) -> str:
        """The app's client id, for an installation."""
        return self.workspace.client_id

    @property
    def client_secret(self) -> str:
        """The app's client secret, for an installation."""
        return self.workspace.client_secret

    @property
    def team_id(self) -> str:
        """The workspace's id."""
        return self.workspace.team_id

    @property
    def app_id(self) -> str:
        """The app's id."""
        return self.workspace.app_id

    @property
    def bot_user_id(self) -> str:
        """The id of the app's bot user."""
        return self.workspace.bot_user.id

    def facts(self) -> Json:
        """Returns all of these, for another process."""
        return {
            "url": self.url,
            "api_url": self.api_url,
            "bot_token": self.bot_token,
            "app_token": self.app_token,
            "signing_secret": self.signing_secret,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "team_id": self.team_id,
            "app_id": self.app_id,
            "bot_user_id": self.bot_user_id,
            "bot_id": self.workspace.bot_id,
        }
