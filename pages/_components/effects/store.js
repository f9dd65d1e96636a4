// Keeps what a plan does at every amount of its sweep; draws nothing.

export default function mount({ data }) {
  const channel = openChannel();
  channel.effects = data;
  channel.dispatchEvent(new Event("effects"));
}
