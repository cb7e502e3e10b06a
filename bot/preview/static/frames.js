// Each frame as high as what it shows. Without this they scroll.

function fit(frame) {
  const body = frame.contentDocument?.body;
  if (!body) return;
  const measure = () => { frame.style.height = `${Math.ceil(body.getBoundingClientRect().height) + 2}px`; };
  measure();
  new frame.contentWindow.ResizeObserver(measure).observe(body);
}

document.addEventListener("load", (event) => { if (event.target.matches?.("iframe.seen")) fit(event.target); }, true);
for (const frame of document.querySelectorAll("iframe.seen")) if (frame.contentDocument?.readyState === "complete") fit(frame);
