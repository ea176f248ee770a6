"""The application of the health checker lab (document 003), its second form."""
from flask import Flask

application = Flask(__name__)
ready_cnt = 0


@application.route("/")
def hello():
    return "Hello World!"


@application.route("/ready")
def ready():
    global ready_cnt
    ready_cnt += 1
    # The document's Python 2 divides integers without a remainder.
    if (ready_cnt // 5) % 2 != 0:
        return "Ready!"
    return "Not ready", 503


if __name__ == "__main__":
    application.run(host="0.0.0.0")
