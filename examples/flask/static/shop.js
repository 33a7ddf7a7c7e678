// Fetches the answer of each card and shows how long it took and whether it was computed.

async function ask(card, address) {
  const answer = card.querySelector(".answer");
  const badge = card.querySelector(".badge");
  answer.classList.add("waiting");
  const response = await fetch(address);
  answer.innerHTML = await response.text();
  answer.classList.remove("waiting");
  const times = Number(response.headers.get("X-Ran"));
  const milliseconds = Number(response.headers.get("X-Milliseconds"));
  badge.textContent = (times ? (times > 1 ? `computed ${times}×` : "computed") : "from cache") +
      ` in ${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`;
  badge.classList.toggle("hit", times === 0);
  card.dataset.address = address;
}

async function showNumbers() {
  const numbers = await (await fetch("/numbers")).json();
  document.getElementById("numbers").classList.toggle("away", !numbers);
  if (!numbers) return;
  for (const place of document.querySelectorAll("[data-number]")) {
    place.textContent = numbers[place.dataset.number] ?? "–";
  }
  document.querySelector("progress").value = numbers.ratio ?? 0;
  for (const [strategy, counts] of Object.entries(numbers.strategies)) {
    const card = document.querySelector(`[data-strategy="${strategy}"]`);
    card.querySelector(".ran").textContent = counts.ran;
    card.querySelector(".asked").textContent = counts.asked;
  }
}

document.addEventListener("click", async ({target}) => {
  const {address, post} = target.dataset;
  const card = target.closest(".card");
  if (target.tagName !== "BUTTON") return;
  if (post) await fetch(post, {method: "POST"});
  if (address) await ask(card, address);
  await showNumbers();
});

const cards = document.querySelectorAll(".card[data-address]");
Promise.all([...cards].map((card) => ask(card, card.dataset.address))).then(showNumbers);
