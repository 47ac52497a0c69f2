/* The page of a group that is being loaded: asks again every few seconds and shows the new state.
   [data-loading] holds a role=status with the progress; when the group is in, the server leads to its front page. */
(() => {
  const EVERY = 3000;
  const part = document.querySelector('[data-loading]');
  if (!part || !window.fetch || !window.DOMParser) return;

  const show = (text) => {
    const page = new DOMParser().parseFromString(text, 'text/html');
    const now = page.querySelector('[data-loading] [role=status]');
    const here = part.querySelector('[role=status]');
    if (now && here && here.textContent !== now.textContent) here.replaceChildren(...now.childNodes);
  };

  const look = async () => {
    if (!document.hidden) {
      try {
        const answer = await fetch(location.href, { credentials: 'same-origin' });
        if (answer.redirected) {
          location.replace(answer.url);
          return;
        }
        if (answer.ok) show(await answer.text());
      } catch (offline) { /* the next look tries again */ }
    }
    setTimeout(look, EVERY);
  };
  setTimeout(look, EVERY);
})();
