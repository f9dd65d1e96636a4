// Keeps the curve of a plan for the ribbon; draws nothing.

export default function mount({ data }) {
  const channel = openChannel();
  channel.curve = data;
  channel.dispatchEvent(new Event("curve"));
}
