/* One line to the server for every tab of this browser. */
import { FeedLine, type LineMessage } from "./feed-line";

const ports = new Set<MessagePort>();
const line = new FeedLine((message: LineMessage) => ports.forEach((port) => port.postMessage(message)));
let running = false;

(self as unknown as { onconnect: (event: MessageEvent) => void }).onconnect = (event) => {
  const port = event.ports[0];
  ports.add(port);
  port.onmessage = (message: MessageEvent<string>) => {
    if (message.data === "bye") {
      ports.delete(port);
      if (!ports.size) {
        line.stop();
        running = false;
      }
    } else if (message.data === "hello") {
      if (!running || line.state === "refused") {
        line.state = "connecting";
        running = true;
        line.start();
      }
      port.postMessage({ type: "state", state: line.state });
    }
  };
  port.start();
};
