// Keeps the curve of a plan, or where a case changes on it, for the ribbon; draws nothing.

export default function mount({ data }) {
  const channel = openChannel();
  Object.assign(channel, data);
  channel.dispatchEvent(new Event("curve"));
}
