-- A login of the server's own, which may read what is published and nothing else; run once by a superuser.
-- Its password comes from SERVER_PASSWORD. Without it the server takes the owner's login and gives up its rights.
\getenv password SERVER_PASSWORD
CREATE ROLE kartlagd_server LOGIN PASSWORD :'password';
