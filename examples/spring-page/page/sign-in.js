/* Stands in for an application's own sign-in: whoever has signed in has a cookie with a token. (An application's own server sets it, as
   HttpOnly; here the demo of Switchboard gives the token.) */
document.getElementById("sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const user = document.getElementById("user").value;
  const answer = await fetch("/demo/token", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ user }),
  });
  const { token, detail } = await answer.json();
  if (!token) throw new Error(detail);
  document.cookie = `chat_token=${token}; SameSite=Strict; path=/`;
  document.getElementById("who").textContent = `signed in as ${user}`;
  document.getElementById("connect").disabled = false;
});
