/* 「读给我听」: shown only where the device can speak. Reads the headings and lines of main from the top; a second tap stops. */
(() => {
  const button = document.querySelector('[data-read]');
  const speech = window.speechSynthesis;
  if (!button || !speech || !window.SpeechSynthesisUtterance) return;
  const word = button.querySelector('span');
  const start = word.textContent;
  const quiet = () => { speech.cancel(); word.textContent = start; button.setAttribute('aria-pressed', 'false'); };

  const lines = () => [...document.querySelectorAll('main h1, main h2, main h3, main p, main li, main dt, main dd, main label, main summary, main th, main td')]
    .filter((node) => node.offsetParent && !node.querySelector('h1, h2, h3, p, li, dd'))
    .map((node) => node.innerText.replace(/\s+/g, ' ').trim())
    .filter(Boolean);

  button.hidden = false;
  button.setAttribute('aria-pressed', 'false');
  button.addEventListener('click', () => {
    if (speech.speaking || speech.pending) return quiet();
    const all = lines();
    all.forEach((text, n) => {
      const said = new SpeechSynthesisUtterance(text);
      said.lang = document.documentElement.lang === 'en' ? 'en-GB' : 'zh-CN';
      said.rate = 0.9;
      if (n === all.length - 1) said.onend = quiet;
      speech.speak(said);
    });
    word.textContent = button.dataset.stop;
    button.setAttribute('aria-pressed', 'true');
    return undefined;
  });
  window.addEventListener('pagehide', quiet);
})();
